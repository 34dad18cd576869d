import { readdirSync } from 'node:fs';

/** @returns the TypeScript files of a folder and its subfolders, sorted. Paths are relative to the folder */
export function sourceFilesIn(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return files.filter((file) => file.endsWith('.ts')).toSorted();
}
