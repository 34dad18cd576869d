import type { Command } from 'commander';
import { environment, loadWorkerConfig } from '../../config/index.ts';
import { requireWorkerPackages } from '../../process/worker-packages.ts';
import { type Act, examples, type GlobalOptions, type Runner } from '../command.ts';
import { EXIT, type ExitCode, type Failure } from '../exit.ts';
import { overridden } from '../connection.ts';

export function addWorkerCommand(program: Command, run: Runner): void {
  program
    .command('worker')
    .description('run the worker that tracks jobs; the environment configures it, SIGTERM drains it')
    .addHelpText(...examples('worker', 'worker --address temporal.internal:7233 --namespace jobs'))
    .action(run(worker));
}

const worker: Act<GlobalOptions> = async ({ output }, options) => {
  requireWorkerPackages();
  const env = environment();
  // The program of the worker reads the environment itself, so the options are written into it.
  Object.assign(env, overridden(env, options), output.isJson ? { JOBTRACK_LOG_FORMAT: 'json' } : {});
  loadWorkerConfig(env); // throws ConfigError, which is printed as for every command
  const [{ createTrackerWorker }, { runWorker }] = await Promise.all([
    import('../../worker-host/tracker-worker.ts'),
    import('../../worker-host/program.ts'),
  ]);
  const exitCode = (await runWorker(createTrackerWorker)) as ExitCode;
  if (output.isJson && exitCode !== EXIT.done) output.fail(failureBehind(exitCode));
  return exitCode;
};

/** For `--json`. For people, the worker has printed the error to stderr already. */
function failureBehind(exitCode: ExitCode): Failure {
  return exitCode === EXIT.unreachable
    ? { exitCode, code: 'temporal-unreachable', message: 'Temporal cannot be reached; stderr says where', hint: null }
    : { exitCode, code: 'worker-failed', message: 'the worker failed; stderr says why', hint: null };
}
