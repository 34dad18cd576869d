import { type Command, Help } from 'commander';
import { requireWorkerPackages } from '../../process/worker-packages.ts';
import { type Act, examples, type GlobalOptions, type Runner, traced } from '../command.ts';
import { UsageError } from '../exit.ts';
import { portValue } from '../options/values.ts';
import { createTeardown, type Play } from '../playground/teardown.ts';

// The commands that start a server or a simulator of their own.

export function addUpCommand(program: Command, run: Runner): void {
  withOwnServer(program.command('up'))
    .description('run a Temporal server and a worker for development, until Ctrl-C')
    .option('--simulate', 'simulate both services too, with jobs that you create')
    .option('--db <file>', 'keep jobs in this file; without it they are lost at the end')
    .option('--port <port>', "the server's port; if left out 7233, or a free one where that is taken", portValue)
    .option(
      '--ui-port <port>',
      "the port of Temporal's UI; if left out 8233, or a free one where that is taken",
      portValue,
    )
    .addHelpText(...examples('up --simulate', 'up --db jobs.db', 'up --port 7300 --ui-port 8300'))
    .action(
      run(
        playing(
          'up',
          withWorker(async () => (await import('../playground/up.ts')).up),
        ),
      ),
    );
}

export function addDemoCommand(program: Command, run: Runner): void {
  withOwnServer(program.command('demo'))
    .description(
      'show in about a minute how it works: a server, simulated services, ten jobs, and a worker killed in the middle',
    )
    .option('--keep', "keep everything running afterwards, until Ctrl-C, so that you can use Temporal's UI")
    .addHelpText(...examples('demo', 'demo --keep', 'demo --json'))
    .action(
      run(
        traced(
          playing(
            'demo',
            withWorker(async () => (await import('../demo/run.ts')).demo),
          ),
        ),
      ),
    );
}

export function addSimulateCommand(program: Command, run: Runner): void {
  withOwnServer(program.command('simulate'))
    .description('simulate Docswrite and DeepWriter on this machine, until Ctrl-C')
    .option('--docswrite-port <port>', 'the port of Docswrite; a free one if left out', portValue, 0)
    .option('--deepwriter-port <port>', 'the port of DeepWriter; a free one if left out', portValue, 0)
    .addHelpText(...examples('simulate', 'simulate --docswrite-port 8801 --deepwriter-port 8802 --json'))
    .action(run(playing('simulate', async () => (await import('../playground/simulators.ts')).simulate)));
}

/** Looks for the packages of a worker first, before a server is looked for or downloaded. */
function withWorker<Options>(load: () => Promise<Play<Options>>): () => Promise<Play<Options>> {
  return () => {
    requireWorkerPackages();
    return load();
  };
}

/** @param load imports the work, which no other command needs */
function playing<Options>(name: string, load: () => Promise<Play<Options>>): Act<Options> {
  return async (context, options) => {
    refuseServerOptions(options, name);
    const play = await load();
    const teardown = createTeardown();
    try {
      return await play(context, options, teardown);
    } finally {
      await teardown.run();
    }
  };
}

const SERVER_OPTIONS = ['address', 'namespace'] as const;

/** Hides the options of a server in the help. */
function withOwnServer(command: Command): Command {
  const visibleGlobalOptions: Help['visibleGlobalOptions'] = (shown) =>
    Object.assign(new Help(), { showGlobalOptions: true })
      .visibleGlobalOptions(shown)
      .filter(({ long }) => !SERVER_OPTIONS.some((name) => long === `--${name}`));
  return command.configureHelp({ ...command.configureHelp(), visibleGlobalOptions });
}

/** @throws UsageError if an option of a server is given */
function refuseServerOptions(options: GlobalOptions, command: string): void {
  const name = SERVER_OPTIONS.find((each) => options[each] !== undefined);
  if (name === undefined) return;
  throw new UsageError(
    `--${name} does not go with ${command}, which starts a server of its own`,
    `leave out --${name}`,
  );
}
