/** What the story is told to: a terminal, plain lines, or JSON lines. */
export type Narrator = {
  /** A new chapter of the story. */
  chapter(title: string): void;
  line(text: string): void;
  /** A sentence that the chain confirmed, with the name of its check. */
  confirmed(check: string, sentence: string): void;
  failed(check: string, sentence: string): void;
  /** What is being waited for: one live line on a terminal, now and then a line elsewhere. */
  waiting(text: string): void;
  /** Facts for machines; only JSON output shows them. */
  facts(name: string, value: object): void;
};

export type NarratorIo = {
  readonly out: (text: string) => void;
  /** Replaces the live line of a terminal. */
  readonly status?: ((text: string) => void) | undefined;
  readonly isJson: boolean;
};

const SPINNER = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';
/** Without a terminal a wait is mentioned this often, in ms. */
const PLAIN_INTERVAL_MS = 5_000;

function jsonNarrator(out: (text: string) => void): Narrator {
  const startedAt = performance.now();
  const print = (type: string, value: object): void => {
    const seconds = Number(((performance.now() - startedAt) / 1000).toFixed(3));
    out(JSON.stringify({type, seconds, ...value}));
  };
  return {
    chapter: (title) => print('chapter', {title}),
    line: (text) => print('line', {text}),
    confirmed: (check, sentence) => print('confirmed', {check, sentence}),
    failed: (check, sentence) => print('failed', {check, sentence}),
    waiting: () => undefined,
    facts: (name, value) => print(name, value),
  };
}

/** On a terminal the live line is cleared before anything else is printed. */
function textNarrator({out, status}: NarratorIo): Narrator {
  const startedAt = performance.now();
  let frame = 0;
  let saidAt = Number.NEGATIVE_INFINITY;
  let said = '';
  const print = (text: string): void => {
    status?.('');
    out(text);
  };
  const clock = (): string => `${((performance.now() - startedAt) / 1000).toFixed(1).padStart(5)}s`;
  return {
    chapter(title) {
      saidAt = Number.NEGATIVE_INFINITY;
      print(`\n${clock()}  ${title}`);
    },
    line: (text) => print(`        ${text}`),
    confirmed: (check, sentence) => print(`${clock()}  ✓ ${sentence}  [${check}]`),
    failed: (check, sentence) => print(`${clock()}  ✗ ${sentence}  [${check}]`),
    waiting(text) {
      if (status !== undefined) {
        status(`${clock()}  ${SPINNER.charAt(frame++ % SPINNER.length)} ${text}`);
        return;
      }
      if (text === said || performance.now() - saidAt < PLAIN_INTERVAL_MS) return;
      saidAt = performance.now();
      said = text;
      out(`${clock()}  … ${text}`);
    },
    facts: () => undefined,
  };
}

export function createNarrator(io: NarratorIo): Narrator {
  return io.isJson ? jsonNarrator(io.out) : textNarrator(io);
}
