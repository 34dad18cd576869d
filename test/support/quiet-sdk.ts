import { DefaultLogger, Runtime } from '@temporalio/worker';

/** Vitest setup file: the SDK logs only errors. */
Runtime.install({
  logger: new DefaultLogger('ERROR'),
  shutdownSignals: [],
  telemetryOptions: { logging: { filter: 'ERROR', forward: {} } },
});
