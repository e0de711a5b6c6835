import type {ParsedSource} from './parsed-source.ts';
import type {Violation} from './violation.ts';

const MAX_LINES = 300;

/** Longer files, each with the reason why it is one clear thing. */
export const LONGER_FILES: Readonly<Record<string, string>> = {
  'src/protocol/codec.ts': 'the codec language: every combinator',
};

/** Sizes and names of files. */
export function checkFiles(sources: readonly ParsedSource[]): Violation[] {
  return sources.flatMap(({path, lines, isBarrel}): Violation[] => {
    const name = path.slice(path.lastIndexOf('/') + 1);
    const problems = [
      lines > MAX_LINES && !Object.hasOwn(LONGER_FILES, path)
        ? `has ${lines} lines, more than ${MAX_LINES}`
        : undefined,
      isBarrel || name === 'index.ts'
        ? 'is a barrel: import the file that defines the thing'
        : undefined,
      /^[a-z0-9]+(-[a-z0-9]+)*\.ts$/.test(name) ? undefined : 'is not named in kebab-case',
    ];
    return problems.flatMap((what) =>
      what === undefined ? [] : [{rule: 'file', path, line: 1, what}],
    );
  });
}
