#!/usr/bin/env node
import { environment } from '../config.ts';
import { runCommandLine } from './program.ts';

// A reader that goes away, as `head` does, has had enough: that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

const { argv, stdout, stderr } = process;
const exitCode = await runCommandLine({ argv: argv.slice(2), env: environment(), stdout, stderr });
// Not only the code: a request that still waits for its answer must not keep the command from ending.
process.exit(exitCode);
