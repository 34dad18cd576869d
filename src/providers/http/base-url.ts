/**
 * Checks a base URL (H18). It comes from configuration, never from a caller or an answer.
 * @returns what is wrong, without the URL, which may hold a password; null: nothing
 */
export function baseUrlProblem(text: string): string | null {
  if (!URL.canParse(text)) return 'is no URL';
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') return 'must not hold a user or password';
  // Looked for in the text: a URL with a bare `?` or `#` parses to an empty query.
  if (/[?#]/.test(text)) return 'must not hold a query or fragment';
  const isLoopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(url.hostname);
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback)) return null;
  return 'must be https, or http on loopback';
}
