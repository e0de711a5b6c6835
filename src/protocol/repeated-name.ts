/** An object that is open, with its names so far, or a list, with the index it is at. */
type Open = {readonly names: Set<string> | undefined; name: string; index: number};

const MAX_SHOWN = 42;

/** The index after the string that begins at `start`. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '"') return at + 1;
  }
  return text.length;
}

const pathOf = (open: readonly Open[]): string =>
  open.reduce((path, {names, name, index}) => {
    if (names === undefined) return `${path}[${index}]`;
    return `${path}${path === '' ? '' : '.'}${name.slice(0, MAX_SHOWN)}`;
  }, '');

/**
 * Where an object of this JSON names something twice, as in `alloc.00…`; undefined when none does.
 * JSON.parse takes the last one, other readers the first: a file that means two things is no file to
 * agree on.
 * @param text what JSON.parse has taken
 */
export function repeatedName(text: string): string | undefined {
  const open: Open[] = [];
  let isName = false;
  for (let at = 0; at < text.length; at++) {
    const last = open.at(-1);
    switch (text[at]) {
      case '"': {
        const end = endOfString(text, at);
        if (isName && last?.names !== undefined) {
          last.name = JSON.parse(text.slice(at, end)) as string;
          if (last.names.has(last.name)) return pathOf(open);
          last.names.add(last.name);
        }
        isName = false;
        at = end - 1;
        break;
      }
      case '{':
        open.push({names: new Set(), name: '', index: 0});
        isName = true;
        break;
      case '[':
        open.push({names: undefined, name: '', index: 0});
        break;
      case ',':
        if (last !== undefined) last.index += 1;
        isName = last?.names !== undefined;
        break;
      case '}':
      case ']':
        open.pop();
        isName = false;
        break;
      default:
        break;
    }
  }
  return undefined;
}
