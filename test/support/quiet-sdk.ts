import { DefaultLogger, Runtime } from '@temporalio/worker';

/** Vitest setup file: the SDK says only what is wrong. */
Runtime.install({
  logger: new DefaultLogger('ERROR'),
  shutdownSignals: [],
  telemetryOptions: { logging: { filter: 'ERROR', forward: {} } },
});
