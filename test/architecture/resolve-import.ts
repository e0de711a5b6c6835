import {isBuiltin} from 'node:module';
import {posix} from 'node:path';

/** Where an import leads: a file of the checkout, a module of Node, or an npm package. */
export type Target =
  | {readonly kind: 'file'; readonly path: string}
  | {readonly kind: 'node'; readonly name: string}
  | {readonly kind: 'npm'; readonly name: string};

/** @param path of the importing file, from the checkout */
export function resolveImport(path: string, specifier: string): Target {
  if (specifier.startsWith('.') || specifier.startsWith('/')) {
    return {kind: 'file', path: posix.join(posix.dirname(path), specifier)};
  }
  if (isBuiltin(specifier)) return {kind: 'node', name: specifier.replace(/^node:/, '')};
  const [first = '', second = ''] = specifier.split('/');
  return {kind: 'npm', name: first.startsWith('@') ? `${first}/${second}` : first};
}

/** `vm` of `src/vm/state/trie.ts`; undefined outside of `src/` and for a file directly in it. */
export function folderOf(path: string): string | undefined {
  const [root, folder, ...rest] = path.split('/');
  return root === 'src' && rest.length > 0 ? folder : undefined;
}
