import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {hex} from '../../client/second-codec.ts';
import {KEYS, NAMED} from './values.ts';

/**
 * Computes the vectors of SPEC.md §8.2 and §12 by the second encoder alone. Run by hand when bytes change on
 * purpose: `scripts/with-node node test/plugin/vectors/make.ts`, then `npm run format`.
 */
export function pluginVectors() {
  const values = NAMED.map(({name, codec, piece: {value, bytes}}) => {
    return {name, codec, value, bytes: hex(bytes)};
  });
  return {values, keys: KEYS};
}

if (import.meta.main) {
  const file = join(import.meta.dirname, 'plugin.json');
  writeFileSync(file, `${JSON.stringify(pluginVectors(), undefined, 2)}\n`);
}
