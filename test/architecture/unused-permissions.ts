import type {Allowed} from './allowed.ts';
import type {ParsedSource} from './parsed-source.ts';
import {folderOf, resolveImport} from './resolve-import.ts';

/** What one import asks of the table, as `folder crypto`, `npm level` or `node fs`. */
function askedBy(path: string, specifier: string): string {
  const target = resolveImport(path, specifier);
  if (target.kind === 'file') return `folder ${folderOf(target.path)}`;
  return `${target.kind} ${target.name}`;
}

/** Entries of the table that no import needs, as `vm: folder storage`. */
export function unusedPermissions(
  sources: readonly ParsedSource[],
  table: Readonly<Record<string, Allowed>>,
): string[] {
  const used = new Set(
    sources.flatMap(({path, imports}) =>
      imports.map(({specifier = ''}) => `${folderOf(path)}: ${askedBy(path, specifier)}`),
    ),
  );
  return Object.entries(table)
    .flatMap(([folder, {folders, npm, node}]) => [
      ...folders.map((name) => `${folder}: folder ${name}`),
      ...npm.map((name) => `${folder}: npm ${name}`),
      ...node.map((name) => `${folder}: node ${name}`),
    ])
    .filter((permission) => !used.has(permission));
}
