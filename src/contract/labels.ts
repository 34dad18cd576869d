/** @returns labels in the form of the search attribute: `key=value` each */
export function labelPairsOf(labels: Readonly<Record<string, string>>): string[] {
  return Object.entries(labels).map(([key, value]) => `${key}=${value}`);
}
