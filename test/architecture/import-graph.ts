import type {Import, ParsedSource} from './parsed-source.ts';
import {resolveImport} from './resolve-import.ts';
import type {Violation} from './violation.ts';

type Kind = Import['kind'];

/** Files of `src/` that one file names by imports of these kinds. */
function edgesOf({path, imports}: ParsedSource, kinds: readonly Kind[]): string[] {
  return imports.flatMap(({specifier, kind}) => {
    if (specifier === undefined || !kinds.includes(kind)) return [];
    const target = resolveImport(path, specifier);
    return target.kind === 'file' ? [target.path] : [];
  });
}

/** No file reaches itself: neither by loading, nor by types, nor by loading later. */
export function checkCycles(sources: readonly ParsedSource[]): Violation[] {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const done = new Set<string>();
  const cycles: Violation[] = [];
  const walk = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) {
      const what = [...trail.slice(start), path].join(' → ');
      cycles.push({rule: 'cycle', path, line: 1, what});
      return;
    }
    const source = byPath.get(path);
    if (source === undefined || done.has(path)) return;
    for (const next of edgesOf(source, ['static', 'type', 'dynamic'])) {
      walk(next, [...trail, path]);
    }
    done.add(path);
  };
  for (const {path} of sources) walk(path, []);
  return cycles;
}

/** npm packages that are loaded as soon as the given file is. */
export function packagesLoadedBy(sources: readonly ParsedSource[], root: string): Set<string> {
  const packages = new Set<string>();
  for (const source of loadedBy(sources, root)) {
    for (const {specifier, kind} of source.imports) {
      if (specifier === undefined || kind !== 'static') continue;
      const target = resolveImport(source.path, specifier);
      if (target.kind === 'npm') packages.add(target.name);
    }
  }
  return packages;
}

/** Files that are loaded as soon as the given one is: static imports, followed to the end. */
export function loadedBy(sources: readonly ParsedSource[], root: string): ParsedSource[] {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const seen = new Set<string>([root]);
  for (const path of seen) {
    const source = byPath.get(path);
    if (source !== undefined) for (const next of edgesOf(source, ['static'])) seen.add(next);
  }
  return [...seen].flatMap((path) => byPath.get(path) ?? []);
}
