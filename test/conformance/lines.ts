import type {Readable} from 'node:stream';

/** The lines of a child's output, one by one. */
export type Lines = {
  /** The next line; undefined after the last one. */
  next(): Promise<string | undefined>;
};

export function linesOf(stream: Readable): Lines {
  const lines = stream.setEncoding('utf8').iterator();
  let rest = '';
  return {
    async next() {
      for (;;) {
        const end = rest.indexOf('\n');
        if (end >= 0) {
          const line = rest.slice(0, end);
          rest = rest.slice(end + 1);
          return line;
        }
        const {done, value} = await lines.next();
        if (done === true) return undefined;
        rest += String(value);
      }
    },
  };
}
