import type { Run } from './run.ts';

/** The server's answer about a version. */
export type DownloadInfo = { archiveUrl: string; fileToExtract: string };

/** The two requests of a download. Tests replace them, to need no network. */
export type Download = {
  /** @returns null if the server has no such version */
  lookUp(url: string): Promise<DownloadInfo | null>;
  fetch(url: string, to: string, onBytes: (bytes: number) => void): Promise<void>;
};

/** What sources need. `say` prints a line; `progressLineMs` is the time between two lines of a long step, ms. */
export type ProvisionContext = {
  env: NodeJS.ProcessEnv;
  say: (line: string) => void;
  run: Run;
  download: Download;
  progressLineMs: number;
};

/** The answer of a source: an executable, or why it has none. `aloud`: print the reason before the next source is tried. */
export type Finding = { path: string } | { passed: string; aloud?: boolean };

/** A way to get the server. `find` may throw; see `firstOf`. */
export type Source = { name: string; find(context: ProvisionContext): Promise<Finding> };

/** An executable, and the source that it is from. */
export type Executable = { path: string; from: string };

/** No server was found or installed. The message says what was tried, why each try failed, and what to do. */
export class ProvisionError extends Error {
  readonly code = 'SERVER_UNAVAILABLE';
  override readonly name = 'ProvisionError';
}

/** Asks the sources in order. A ProvisionError of a source ends the search; after any other error, the next source is tried. */
export async function firstOf(
  sources: readonly Source[],
  context: ProvisionContext,
  help: string,
): Promise<Executable> {
  const tried: string[] = [];
  for (const source of sources) {
    const finding = await source.find(context).catch(passOn);
    if ('path' in finding) return { path: finding.path, from: source.name };
    const line = `${source.name}: ${finding.passed}`;
    tried.push(`  - ${line}`);
    if (finding.aloud) context.say(line);
  }
  throw new ProvisionError(help.replace('\n', () => `\nTried, in this order:\n${tried.join('\n')}\n`));
}

function passOn(error: unknown): Finding {
  if (error instanceof ProvisionError) throw error;
  return { passed: error instanceof Error ? error.message : String(error), aloud: true };
}
