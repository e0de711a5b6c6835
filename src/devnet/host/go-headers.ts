import type {IncomingHttpHeaders} from 'node:http';

/** One header and its values, as it travels over `http.HTTP`. */
export type HeaderElement = {readonly key: string; readonly values: readonly string[]};

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/**
 * Go's canonical form of a header name: first letter and every letter after a hyphen in upper case.
 * A name that is not an HTTP token stays as it is, as in Go.
 */
function canonicalHeaderName(name: string): string {
  if (!TOKEN.test(name)) return name;
  return name
    .split('-')
    .map((part) => part.slice(0, 1).toUpperCase() + part.slice(1).toLowerCase())
    .join('-');
}

/** Request headers as Go's server has them: canonical names, no `Host`. */
export function toHeaderElements(headers: IncomingHttpHeaders): HeaderElement[] {
  const elements: HeaderElement[] = [];
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || name === 'host') continue;
    elements.push({
      key: canonicalHeaderName(name),
      values: Array.isArray(value) ? value : [value],
    });
  }
  return elements;
}
