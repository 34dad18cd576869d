/** A request of a poll or a cancel, as its observer sees it. */
export interface WatchedRequest {
  readonly method: string;
  /** With path and query. */
  readonly url: URL;
}

/**
 * Observes each request of one poll or cancel.
 * @param send sends the request with these headers besides its own. It must be called once, and its answer or error passed on
 */
export type RequestWatch = <Answer extends { readonly status: number }>(
  request: WatchedRequest,
  send: (headers: Readonly<Record<string, string>>) => Promise<Answer>,
) => Promise<Answer>;
