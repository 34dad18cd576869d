import { join } from 'node:path';
import { composeModel, must, root } from './tools.ts';

export interface ComposeService {
  image: string;
  environment?: Record<string, string | null>;
  ports?: { host_ip?: string; published: string; target: number }[];
  volumes?: { type: 'bind' | 'volume'; source: string; target: string }[];
  healthcheck?: { test: string[] };
  depends_on?: Record<string, { condition: string }>;
  profiles?: string[];
  cap_drop?: string[];
  cap_add?: string[];
  security_opt?: string[];
  read_only?: boolean;
  stop_grace_period?: string;
}

export interface ComposeModel {
  name: string;
  services: Record<string, ComposeService>;
}

/** Reads docker-compose.yml as Docker Compose does, with all profiles. @throws Error with the message of the parser */
export async function readCompose(variables: Record<string, string>): Promise<ComposeModel> {
  const env = { PATH: process.env['PATH'] ?? '', ...variables };
  const json = await must(await composeModel(), [join(root, 'docker-compose.yml')], { cwd: root, env });
  return JSON.parse(json) as ComposeModel;
}
