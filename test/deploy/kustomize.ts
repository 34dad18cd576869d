import { parseAllDocuments } from 'yaml';
import { kustomize, must } from './tools.ts';

export interface Pod {
  metadata: { labels: Record<string, string> };
  spec: {
    serviceAccountName: string;
    containers: {
      image: string;
      ports: { name: string; containerPort: number }[];
      envFrom: { configMapRef: { name: string } }[];
      env: { name: string; valueFrom?: { secretKeyRef: { optional?: boolean } } }[];
      securityContext: Record<string, unknown>;
    }[];
    volumes: { name: string; secret?: { secretName: string; items?: unknown; optional?: boolean } }[];
  };
}

/** The fields of an object that the tests read. The whole schema is checked before. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string };
  data?: Record<string, string>;
  spec?: Record<string, unknown>;
}

/** The objects that `kubectl apply -k` would send, and the same as text. */
export interface Rendered {
  text: string;
  objects: Manifest[];
}

export async function render(folder: string): Promise<Rendered> {
  const text = await must(await kustomize(), ['build', folder]);
  return { text, objects: parseAllDocuments(text).map((document) => document.toJS() as Manifest) };
}

/** @returns the objects of one kind. @throws Error if there is none */
export function ofKind({ objects }: Rendered, kind: string): Manifest[] {
  const found = objects.filter((object) => object.kind === kind);
  if (found.length === 0) throw new Error(`no ${kind} among ${objects.map((object) => object.kind).join(', ')}`);
  return found;
}

const WORKLOADS = ['Deployment', 'WorkerDeployment'];

/** @returns the pod of a variant */
export function podOf({ objects }: Rendered): Pod {
  const workload = objects.find(({ kind }) => WORKLOADS.includes(kind));
  if (workload === undefined) throw new Error('the variant runs nothing');
  return workload.spec?.['template'] as Pod;
}
