import { durationText } from '../../contract/duration.ts';
import {
  type AttributeFindings,
  mistypedHint,
  mistypedSentence,
  registerCommand,
} from '../../worker-host/search-attributes.ts';
import { MOST_POLLERS } from '../../worker-host/capacity.ts';
import type { SeenPoller } from '../../worker-host/pollers.ts';
import { counted } from '../views/text.ts';
import { type Check, failed, ok, skipped, warning } from './report.ts';

// Each function judges one answer of the server. None makes a call.

/** @param reached with the `host:port` of the proxy, if there is one */
export function judgeReached(reached: { address: string; tls: boolean; tookMs: number; proxy?: string }): Check {
  const { address, tls, tookMs, proxy } = reached;
  const through = proxy === undefined ? '' : `, through the proxy ${proxy}`;
  return ok('temporal', `${address} answers in ${Math.round(tookMs)} ms, ${tls ? 'with' : 'without'} TLS${through}`);
}

/** The oldest server that the tracker is tested with. */
const OLDEST = [1, 28] as const;

export function judgeVersion(version: string): Check {
  const name = 'server-version';
  const release = releaseOf(version);
  if (release === null) {
    const hint = `make sure that it is ${OLDEST.join('.')} or newer`;
    return warning(name, version === '' ? 'the server does not say its version' : `cannot be read: ${version}`, hint);
  }
  return isSince(release, OLDEST)
    ? ok(name, version)
    : failed(
        name,
        `${version} is older than ${OLDEST.join('.')}`,
        `upgrade the server to ${OLDEST.join('.')} or newer`,
      );
}

/** Major and minor version. */
type Release = readonly [number, number];

/** @returns null: the version cannot be read */
function releaseOf(version: string): Release | null {
  const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(version) ?? [];
  return major === undefined || minor === undefined ? null : [Number(major), Number(minor)];
}

function isSince([major, minor]: Release, first: Release): boolean {
  return major > first[0] || (major === first[0] && minor >= first[1]);
}

const FAIR_FROM = [1, 29] as const;

/**
 * Fairness keys let accounts take turns. No call of the server shows whether it uses them.
 * @param accounts how many this configuration has
 */
export function judgeFairness(version: string, accounts: number): Check {
  const name = 'fairness';
  if (accounts < 2) return ok(name, 'not needed for one account');
  const release = releaseOf(version);
  if (release !== null && isSince(release, FAIR_FROM))
    return ok(name, 'the server knows fairness keys; it does not show whether they are on', SWITCH_ON);
  const message = `the server knows no fairness keys before ${FAIR_FROM.join('.')}: many jobs of one account delay those of the others`;
  return warning(name, message, `upgrade the server to ${FAIR_FROM.join('.')} or newer; ${SWITCH_ON}`);
}

const SWITCH_ON =
  'set matching.useNewMatcher and matching.enableFairness to true in its dynamic configuration, or fairness in the settings of a Cloud namespace';

/** A server by default, and Temporal Cloud. */
const POLLERS_LIMIT = 1_200;

/** @param workers that poll the queue of the workflows */
export function judgePollers(workers: number, pools: number): Check {
  const name = 'pollers';
  const { workflows, awaited, status, cancels } = MOST_POLLERS;
  const most = workers * (2 * workflows + awaited + pools * (status + cancels));
  const message = `${counted(workers, 'worker')} and ${counted(pools, 'pool')}: at most ${most} long polls at a time; one frontend of the server allows ${POLLERS_LIMIT}, waiting callers included`;
  if (most <= POLLERS_LIMIT / 2) return ok(name, message);
  const hint = 'use fewer pools or workers, or raise frontend.namespaceCount on your own server';
  return warning(name, message, hint);
}

/** The server's answer about the namespace. `hidden`: the credential may not see it. */
export type NamespaceAnswer =
  | { readonly is: 'described'; readonly retentionMs: number | null }
  | { readonly is: 'missing' }
  | { readonly is: 'hidden' }
  | { readonly is: 'unanswered'; readonly why: string };

export const TRY_AGAIN = "look at the server's own health and log, and try again";

const DAY_MS = 86_400_000;

export function judgeNamespace(namespace: string, answer: NamespaceAnswer): Check {
  const name = 'namespace';
  switch (answer.is) {
    case 'missing': {
      const hint = `check TEMPORAL_NAMESPACE or --namespace, or run: temporal operator namespace create --namespace ${namespace}`;
      return failed(name, `the server has no namespace ${namespace}`, hint);
    }
    case 'hidden':
      return skipped(
        name,
        `${namespace} may not be described with this credential; its jobs are asked for all the same`,
      );
    case 'unanswered':
      return failed(name, `${namespace} could not be described: ${answer.why}`, TRY_AGAIN);
    case 'described': {
      const { retentionMs } = answer;
      if (retentionMs === null) return ok(name, `${namespace} exists`);
      const kept = `${namespace} keeps ended jobs for ${durationText(retentionMs)}`;
      if (retentionMs >= DAY_MS) return ok(name, kept);
      const hint = `outcomes are gone after that; run: temporal operator namespace update --namespace ${namespace} --retention 3d`;
      return warning(name, kept, hint);
    }
    default:
      return answer satisfies never;
  }
}

/** @param found null: the configuration switches them off */
export function judgeAttributes(namespace: string, found: AttributeFindings | null): Check {
  const name = 'search-attributes';
  if (found === null) return skipped(name, 'JOBTRACK_SEARCH_ATTRIBUTES is off: jobs carry none, lists cannot filter');
  const { missing, mistyped } = found;
  if (mistyped.length > 0)
    return failed(name, mistypedSentence(namespace, mistyped), mistypedHint(namespace, mistyped));
  if (missing.length === 0) return ok(name, 'all are registered');
  const hint = `start a worker, which registers them where it may, or run: ${registerCommand(namespace, missing)}`;
  return failed(name, `namespace ${namespace} lacks ${missing.join(', ')}`, hint);
}

/** A timestamp of the server's clock, between two readings of ours; all in ms since the epoch. */
export interface ClockReading {
  readonly sentAtMs: number;
  readonly serverMs: number;
  readonly seenAtMs: number;
}

/** The shortest intervals are a few seconds. A larger difference moves a poll by a whole interval. */
const NOTICED_MS = 2_000;
/** Then rules over 30 and 60 s are evaluated wrongly, and services refuse signed tokens as not yet valid or expired. */
const HARMFUL_MS = 60_000;

/** @param reading null: the server's clock could not be read in time */
export function judgeClock(reading: ClockReading | null): Check {
  const name = 'clock';
  if (reading === null) return skipped(name, "the server's clock could not be read");
  const { aheadMs, errorMs } = skewOf(reading);
  const sureMs = Math.max(0, Math.abs(aheadMs) - errorMs);
  const within = `(± ${durationText(errorMs)})`;
  if (sureMs <= NOTICED_MS) {
    return ok(name, `this machine and the server differ by ${durationText(Math.abs(aheadMs))} ${within}`);
  }
  const message = `the server is ${durationText(Math.abs(aheadMs))} ${aheadMs > 0 ? 'ahead of' : 'behind'} this machine ${within}`;
  const hint = 'set the clocks by NTP, on this machine and on those of the server and the workers';
  return sureMs > HARMFUL_MS ? failed(name, message, hint) : warning(name, message, hint);
}

/** @returns how far the server's clock is ahead of ours, and the largest error of that, ms */
export function skewOf({ sentAtMs, serverMs, seenAtMs }: ClockReading): { aheadMs: number; errorMs: number } {
  return { aheadMs: serverMs - (sentAtMs + seenAtMs) / 2, errorMs: (seenAtMs - sentAtMs) / 2 };
}

/** @param encoding of the newest job's input; null: there is no job yet */
export function judgeCodec(encoding: string | null): Check {
  const name = 'codec';
  if (encoding === null) return skipped(name, 'no job is tracked yet');
  if (encoding === 'json/plain') return ok(name, 'payloads are plain JSON; no codec');
  const hint =
    'use a program of your own, createJobTracker({ client }) with a client that has the codec; the UI needs a codec server';
  const message = `payloads are encoded as ${encoding || 'nothing named'}: this command line cannot read them`;
  return warning(name, message, hint);
}

/** A queue that workers must poll. */
export interface Queue {
  readonly taskQueue: string;
  readonly type: 'workflow' | 'activity';
  /** null: the queue of the workflows. */
  readonly pool: string | null;
}

/** A worker polls again after about 60 s. The server lists a worker for 5 min after its last poll, so older ones are ignored. */
const POLLS_WITHIN_MS = 90_000;

/** @param serverNowMs the time by the server's clock */
export function judgeQueue(queue: Queue, pollers: readonly SeenPoller[], serverNowMs: number): Check {
  const name = queueCheckName(queue);
  const agesMs = agesOf(pollers, serverNowMs);
  const present = presentOf(pollers, serverNowMs);
  if (present > 0) return ok(name, counted(present, 'worker'));
  const last = agesMs.length === 0 ? '' : `; the last poll was ${durationText(Math.min(...agesMs))} ago`;
  return failed(name, `nobody polls it${last}`, startHint(queue));
}

function agesOf(pollers: readonly SeenPoller[], serverNowMs: number): number[] {
  return pollers.map(({ seenAtMs }) => (seenAtMs === null ? 0 : serverNowMs - seenAtMs));
}

/** @returns how many workers poll a queue now */
export function presentOf(pollers: readonly SeenPoller[], serverNowMs: number): number {
  const ages = agesOf(pollers, serverNowMs);
  return new Set(pollers.filter((_, index) => (ages[index] ?? 0) <= POLLS_WITHIN_MS).map(({ identity }) => identity))
    .size;
}

/** @returns the name of the queue's check */
export function queueCheckName({ taskQueue }: Queue): string {
  return `task-queue:${taskQueue}`;
}

function startHint({ taskQueue, pool }: Queue): string {
  return pool === null
    ? `start a worker: jobtrack worker; one that runs must have JOBTRACK_TASK_QUEUE=${taskQueue} and this namespace`
    : `start a worker that has an account of pool ${pool}: jobtrack worker`;
}
