/** Where the parts of a worker say what people should know. */
export interface Log {
  readonly warn: (message: string) => void;
  readonly info: (message: string) => void;
}
