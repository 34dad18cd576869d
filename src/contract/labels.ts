/** @returns labels as the search attribute has them: `key=value` each */
export function labelPairsOf(labels: Readonly<Record<string, string>>): string[] {
  return Object.entries(labels).map(([key, value]) => `${key}=${value}`);
}
