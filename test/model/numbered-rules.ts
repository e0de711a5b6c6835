import {readFileSync} from 'node:fs';
import {join} from 'node:path';

const SPEC = join(import.meta.dirname, '..', '..', 'SPEC.md');

/** Names of all numbered rules of SPEC.md, R1, R2 …, in the order of their numbers. */
export function numberedRules(): readonly string[] {
  const names = [...readFileSync(SPEC, 'utf8').matchAll(/\[(R[0-9]+)\]/g)].map(([, name]) => name);
  const numbers = [...new Set(names)].flatMap((name) => (name === undefined ? [] : [name]));
  return numbers.sort((a, b) => Number(a.slice(1)) - Number(b.slice(1)));
}
