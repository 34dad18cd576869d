import type { Hono } from 'hono';
import { ControlError } from './error.ts';
import type { CreateJob, RequestFilter, SimulatorControl } from './interface.ts';
import type { SetCredential } from '../model.ts';

type Ask = Record<string, unknown>;
type Handler = (control: SimulatorControl, ask: Ask) => Promise<unknown>;

const ms = (ask: Ask): number => Number(ask['ms']);
/** A query has only texts, and here never a list. */
const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const filterOf = (ask: Ask): RequestFilter => {
  const [jobId, route, sinceMs] = ['jobId', 'route', 'sinceMs'].map((name) => textOf(ask[name]));
  return {
    ...(jobId === undefined ? {} : { jobId }),
    ...(route === undefined ? {} : { route: route as NonNullable<RequestFilter['route']> }),
    ...(sinceMs === undefined ? {} : { sinceMs: Number(sinceMs) }),
  };
};

function pause(control: SimulatorControl, ask: Ask): Promise<unknown> {
  const forMs = Number(ask['forMs']);
  if (!(forMs > 0)) throw new ControlError('over HTTP, pause needs forMs: nobody could resume it');
  // The answer to this request must be sent first.
  setTimeout(() => void control.pause({ forMs }), 20);
  return Promise.resolve(null);
}

const SHOWN: Record<string, Handler> = {
  job: (control, ask) => control.job(textOf(ask['jobId']) ?? '', textOf(ask['queueType'])),
  jobs: (control) => control.jobs(),
  scenarios: (control) => control.scenarios(),
  requests: (control, ask) => control.requests(filterOf(ask)),
  violations: (control) => control.violations(),
  trapped: (control) => control.trapped(),
  state: (control) => control.state(),
  clock: (control) => control.clock.now(),
};

const DONE: Record<string, Handler> = {
  release: (control, ask) => control.release(textOf(ask['jobId']) ?? '', textOf(ask['queueType'])),
  'create-job': (control, ask) => control.createJob(ask as unknown as CreateJob),
  'add-fault': (control, ask) => control.addFault(ask),
  'remove-fault': (control, ask) => control.removeFault(textOf(ask['id']) ?? ''),
  'clear-faults': (control) => control.clearFaults(),
  'set-credential': (control, ask) => control.setCredential(ask as unknown as SetCredential),
  'set-switches': (control, ask) => control.setSwitches(ask),
  'advance-clock': (control, ask) => control.clock.advance(ms(ask)),
  'set-clock': (control, ask) => control.clock.set(ms(ask)),
  'skew-clock': (control, ask) => control.clock.skew(ms(ask)),
  reset: (control) => control.reset(),
  pause,
};

/** Serves the control API: `GET` to read, `POST` with a JSON body to act. */
export function addControlRoutes(app: Hono, control: SimulatorControl): void {
  const answer = async (work: () => Promise<unknown>): Promise<[unknown, 200 | 400]> => {
    try {
      return [(await work()) ?? null, 200];
    } catch (error) {
      if (error instanceof ControlError || error instanceof SyntaxError) return [{ error: error.message }, 400];
      throw error;
    }
  };
  app.get('/_control/:name', async (context) => {
    const handler = SHOWN[context.req.param('name')];
    if (handler === undefined) return context.json({ error: `GET shows ${Object.keys(SHOWN).join(', ')}` }, 404);
    return context.json(...(await answer(() => handler(control, context.req.query()))));
  });
  app.post('/_control/:name', async (context) => {
    const handler = DONE[context.req.param('name')];
    if (handler === undefined) return context.json({ error: `POST does ${Object.keys(DONE).join(', ')}` }, 404);
    const text = await context.req.text();
    return context.json(...(await answer(async () => handler(control, text === '' ? {} : (JSON.parse(text) as Ask)))));
  });
}
