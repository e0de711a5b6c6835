/** The items of the host protocol's check-list that the gRPC plugin has to pass. */
export const ITEMS: readonly number[] = Array.from({length: 64}, (_, index) => index + 1);

export type NumberedTest = {
  readonly file: string;
  readonly title: string;
  readonly items: readonly number[];
  /** How often its source calls `expect`. */
  readonly assertions: number;
};

const TEST = /^ *it(?:\.each\([^)]*\))?\(\s*(['"`])((?:\d+)(?:, \d+)* .*?)\1,/gm;

/** From the end of a test's title to the next test. */
function bodyOf(source: string, start: number): string {
  const rest = source.slice(start);
  const next = rest.search(/^ *(?:it|describe)(?:\.\w+)?\(/m);
  return next < 0 ? rest : rest.slice(0, next);
}

/** Tests whose title begins with numbers: `it('23 …')`, `it('34, 35 …')`. */
export function scanTests(file: string, source: string): NumberedTest[] {
  return [...source.matchAll(TEST)].map((match) => {
    const title = match[2] ?? '';
    const numbers = /^\d+(?:, \d+)*/.exec(title)?.[0] ?? '';
    const assertions = bodyOf(source, match.index + match[0].length).match(
      /\bexpect\(|\bexpect[A-Z]\w*\(/g,
    );
    return {
      file,
      title,
      items: numbers.split(', ').map(Number),
      assertions: assertions?.length ?? 0,
    };
  });
}

/** What is wrong with a suite; empty when every item has a test and every test asserts. */
export function problemsOf(tests: readonly NumberedTest[]): string[] {
  const covered = new Set(tests.flatMap(({items}) => items));
  return [
    ...ITEMS.filter((item) => !covered.has(item)).map((item) => `item ${item} has no test`),
    ...tests
      .filter(({assertions}) => assertions === 0)
      .map(({file, title}) => `${file}: "${title}" asserts nothing`),
  ];
}

/** Items and their tests, one line each. */
export function table(tests: readonly NumberedTest[]): string {
  const lines = ITEMS.flatMap((item) =>
    tests
      .filter(({items}) => items.includes(item))
      .map(({file, title}) => `${String(item).padStart(3)}  ${file.padEnd(32)} ${title}`),
  );
  return [...lines, `${ITEMS.length} items, ${tests.length} tests`].join('\n');
}
