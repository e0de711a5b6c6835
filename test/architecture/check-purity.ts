import type {ParsedSource} from './parsed-source.ts';
import {folderOf} from './resolve-import.ts';
import type {Violation} from './violation.ts';

/** Names by which a state machine would reach the world, and what they would bring in. */
const IMPURE: Readonly<Record<string, readonly string[]>> = {
  clock: ['Date', 'performance', 'Temporal'],
  randomness: ['crypto', 'Crypto'],
  promise: [
    'Promise',
    'PromiseLike',
    'AsyncIterable',
    'AsyncIterator',
    'AsyncGenerator',
    'queueMicrotask',
    'AbortSignal',
    'AbortController',
    'Atomics',
    'Worker',
    'MessageChannel',
  ],
  timer: ['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval'],
  'input or output': ['process', 'console', 'fetch', 'WebSocket', 'navigator', 'Buffer'],
  locale: ['Intl'],
  'collector’s mood': ['WeakRef', 'FinalizationRegistry'],
  'a way around': ['globalThis', 'global', 'eval', 'Function'],
};
const EFFECT_OF = new Map(
  Object.entries(IMPURE).flatMap(([effect, names]) => names.map((name) => [name, effect] as const)),
);

const LOCALE_METHODS = new Set([
  'localeCompare',
  'toLocaleString',
  'toLocaleLowerCase',
  'toLocaleUpperCase',
]);

/** Exact on integers everywhere; the rest of Math is random or left to the engine. */
const EXACT_MATH = new Set([
  'abs',
  'ceil',
  'clz32',
  'floor',
  'imul',
  'max',
  'min',
  'sign',
  'trunc',
]);

/** Loads code that no import names, in any folder. */
const HIDDEN_LOADERS = new Set(['require', 'createRequire', 'getBuiltinModule', 'eval']);

function impureMentions({path, mentions}: ParsedSource): Violation[] {
  return mentions.flatMap(({name, property, line}): Violation[] => {
    const effect = EFFECT_OF.get(name);
    if (effect !== undefined) return [{rule: 'pure', path, line, what: `${name}: ${effect}`}];
    if (name !== 'Math' || (property !== undefined && EXACT_MATH.has(property))) return [];
    return [{rule: 'pure', path, line, what: `Math.${property ?? '…'}: randomness or floats`}];
  });
}

/** `src/vm` has no clock, randomness, promise, timer, input or output. */
export function checkPurity(sources: readonly ParsedSource[]): Violation[] {
  return sources
    .filter(({path}) => folderOf(path) === 'vm')
    .flatMap((source): Violation[] => {
      const {path, asyncLines, properties, imports} = source;
      const dynamic = imports.filter(({kind}) => kind === 'dynamic');
      return [
        ...impureMentions(source),
        ...asyncLines.map((line) => ({rule: 'pure', path, line, what: 'async or await'})),
        ...dynamic.map(({line}) => ({rule: 'pure', path, line, what: 'import()'})),
        ...properties
          .filter(({name}) => LOCALE_METHODS.has(name))
          .map(({name, line}) => ({rule: 'pure', path, line, what: `.${name}: locale`})),
      ];
    });
}

/** No folder loads code that its imports do not show. */
export function checkHiddenLoaders(sources: readonly ParsedSource[]): Violation[] {
  return sources.flatMap(({path, mentions, properties}) =>
    [...mentions, ...properties]
      .filter(({name}) => HIDDEN_LOADERS.has(name))
      .map(({name, line}) => ({rule: 'loader', path, line, what: `${name} hides an import`})),
  );
}
