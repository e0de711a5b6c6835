import {describe, expect, it} from 'vitest';
import {printable} from '../../src/cli/printable.ts';

describe("a stranger's text", () => {
  it('stays as it is: joined emoji, flags, words with joiners', () => {
    const texts = [
      'two\nlines\tand a tab',
      '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}', // a family
      '\u{1f3c3}\u{1f3fd}\u200d\u2640\ufe0f', // a runner with a skin colour
      '\u{1f3f3}\ufe0f\u200d\u{1f308}', // a flag that is joined
      '\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}', // the flag of England
      '\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645', // Persian
      '\u0915\u094d\u200d\u0937', // Hindi
    ];
    for (const text of texts) expect(printable(text)).toBe(text);
  });

  it('names what would be obeyed or hidden', () => {
    const rows = [
      ['\u001b[2J\r\u0007', '\\u{1b}[2J\\u{d}\\u{7}'],
      ['\u202egnp.exe\u2066', '\\u{202e}gnp.exe\\u{2066}'],
      ['a\u2028b\u00adc\ufeff', 'a\\u{2028}b\\u{ad}c\\u{feff}'],
      ['\u200dA \u200c1\u200d\u200d2', '\\u{200d}A \\u{200c}1\\u{200d}\\u{200d}2'],
      ['x\u{e0067}\u{e007f}', 'x\\u{e0067}\\u{e007f}'],
      ['\u{1f3f4}\u{e0067}', '\u{1f3f4}\\u{e0067}'],
    ] as const;
    for (const [text, shown] of rows) expect(printable(text)).toBe(shown);
  });
});
