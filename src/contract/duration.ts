/** A number of ms, or text with units (ms, s, m, h, d) such as `"90s"`, `"2h"` or `"1h30m"`. */
export type Duration = number | string;

/** The longest first. */
const UNITS: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };
const DURATION = /^(?:\d+(?:\.\d+)?(?:ms|[smhd]))+$/;
const PART = /(\d+(?:\.\d+)?)(ms|[smhd])/g;

/** @returns whole ms; null: not a duration. Text needs a unit, because people mean seconds by a bare number, and programs mean ms. */
export function durationMs(duration: Duration): number | null {
  if (typeof duration === 'number') return Number.isFinite(duration) && duration >= 0 ? Math.round(duration) : null;
  const text = duration.trim().toLowerCase();
  if (!DURATION.test(text)) return null;
  const parts = [...text.matchAll(PART)].map(([, amount, unit]) => Number(amount) * (UNITS[unit ?? ''] ?? 0));
  return Math.round(parts.reduce((sum, part) => sum + part, 0));
}

/** @returns ms as text for people, rounded: `42 s`, `3 min`, `2.5 h` */
export function durationText(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 2 * 60_000) return `${Math.round(ms / 1_000)} s`;
  if (ms < 2 * 3_600_000) return `${Math.round(ms / 60_000)} min`;
  return `${Math.round(ms / 360_000) / 10} h`;
}

/** @returns ms as a `Duration`, without rounding: `24h`, `90s`, `1500ms`. One day is `24h` */
export function exactDurationText(ms: number): string {
  if (ms === 0) return '0s';
  const fits = ([unit, size]: [string, number]): boolean => ms % size === 0 && ms >= (unit === 'd' ? 2 * size : size);
  const [unit, size] = Object.entries(UNITS).find(fits) ?? ['ms', 1];
  return `${ms / size}${unit}`;
}
