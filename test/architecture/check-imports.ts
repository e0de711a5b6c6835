import {ALLOWED, type Allowed} from './allowed.ts';
import type {ParsedSource} from './parsed-source.ts';
import {folderOf, resolveImport} from './resolve-import.ts';
import type {Violation} from './violation.ts';

/** Generated data that more than one folder loads. */
const SHARED_JSON = /^(proto\/gen\/[a-z-]+|docs\/openrpc)\.json$/;

function isAllowed(from: string, allowed: Allowed, path: string, specifier: string): boolean {
  const target = resolveImport(path, specifier);
  if (target.kind === 'npm') return allowed.npm.includes(target.name);
  if (target.kind === 'node') return allowed.node.includes(target.name);
  const to = folderOf(target.path);
  if (to === from || (to !== undefined && allowed.folders.includes(to))) return true;
  return SHARED_JSON.test(target.path);
}

/** Every arrow of the folder table, one by one. */
export function checkImports(sources: readonly ParsedSource[]): Violation[] {
  return sources.flatMap(({path, imports}) => {
    const from = folderOf(path);
    const allowed = from === undefined ? undefined : ALLOWED[from];
    if (from === undefined || allowed === undefined) {
      return [{rule: 'folder', path, line: 1, what: 'lies in no folder of the table'}];
    }
    return imports.flatMap((found): Violation[] => {
      const {specifier, line, kind} = found;
      if (specifier === undefined) {
        return [
          {rule: 'import', path, line, what: 'import() of something that is no plain string'},
        ];
      }
      if (isAllowed(from, allowed, path, specifier)) return [];
      return [
        {rule: 'import', path, line, what: `${from} may not import '${specifier}' (${kind})`},
      ];
    });
  });
}
