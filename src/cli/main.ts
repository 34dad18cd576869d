#!/usr/bin/env node
import { environment } from '../config/index.ts';
import { maskUncaught } from '../process/masking.ts';
import { runCommandLine } from './program.ts';
import { openStdio } from './terminal/stdio.ts';

maskUncaught();
const stdio = openStdio(process);
const exitCode = await runCommandLine({ argv: process.argv.slice(2), env: environment(), ...stdio });
// An explicit exit, because a pending request would keep the process alive.
process.exit(await stdio.close(exitCode));
