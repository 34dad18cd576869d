/**
 * Checks a base URL (H18). It comes only from configuration, never from a caller or an answer.
 * @returns the problem, without the URL, because that may contain a password; null: none
 */
export function baseUrlProblem(text: string): string | null {
  if (!URL.canParse(text)) return 'is no URL';
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') return 'must not hold a user or password';
  // Searched in the text, because an empty query or fragment disappears when the URL is parsed.
  if (/[?#]/.test(text)) return 'must not hold a query or fragment';
  const isLoopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(url.hostname);
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback)) return null;
  return 'must be https, or http on loopback';
}
