import { UnreachableError } from '../../client.ts';
import { messageOf } from '../../client-library/grpc.ts';
import { type ExaminedConfig, examineWorkerConfig } from '../../config/index.ts';
import { withCleanUp } from '../../process/clean-up.ts';
import type { Act, CommandContext, GlobalOptions } from '../command.ts';
import { EXIT } from '../exit.ts';
import { connect, overridden } from '../connection.ts';
import { checkAccounts } from './accounts.ts';
import { checkAuthorities, isRefusedByCommands, judgeConfiguration } from './configuration.ts';
import { TRY_AGAIN } from './judge-server.ts';
import { type Check, failed, reportOf, reportText, skipped } from './report.ts';
import { checkServer, skippedServer } from './server.ts';

/** Checks configuration, server and accounts, and says what to do. It changes nothing. */
export const doctor: Act<GlobalOptions> = async (context, options) => {
  const env = overridden(context.env, options);
  const examined = examineWorkerConfig(env);
  const [ofServer, ofAuthorities, ofAccounts] = await Promise.all([
    serverChecks(context, examined),
    checkAuthorities(env),
    context.output.noteIfSlow('asking the services …', () => checkAccounts(examined)),
  ]);
  const checks = [judgeConfiguration(examined), ...ofServer, ...ofAuthorities, ...ofAccounts];
  const report = reportOf(checks);
  context.output.answer(report, reportText(report));
  if (isRefusedByCommands(examined)) return EXIT.usage;
  return report.ok ? EXIT.done : EXIT.endedOtherwise;
};

async function serverChecks(context: CommandContext, examined: ExaminedConfig): Promise<Check[]> {
  const { config, temporal } = examined;
  if (isRefusedByCommands(examined)) {
    const why = 'not asked, for settings are wrong: see configuration';
    return [skipped('temporal', why), ...skippedServer(config, why)];
  }
  try {
    const connection = await connect(context, temporal.connectionOptions);
    const server = { connection, namespace: temporal.namespace };
    const ask = () => checkServer(server, temporal, config);
    return await withCleanUp(
      () => context.output.noteIfSlow('asking the server …', ask),
      () => connection.close(),
    );
  } catch (error) {
    const hint = error instanceof UnreachableError ? error.hint : TRY_AGAIN;
    return [failed('temporal', messageOf(error), hint), ...skippedServer(config, 'Temporal cannot be asked')];
  }
}
