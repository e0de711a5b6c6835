import {globSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {API_RESULTS} from '../src/client/api-results.ts';
import type {ApiMethod} from '../src/protocol/api.ts';
import {API_ERRORS, type ApiErrorCode} from '../src/protocol/api-errors.ts';
import {API_METHODS, type MethodDescription} from '../src/protocol/api-methods.ts';
import type {OptionalParam, RequiredParam} from '../src/protocol/api-param-schemas.ts';
import type {JsonSchema} from '../src/protocol/json-schema.ts';

/** What stands in a document: a schema, or a place where it stands once. */
type Documented = {readonly [key: string]: unknown};

const ROOT = join(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

/** A type of fields, or one of another's fields and more. */
const TYPE = /^export type (\w+) = (?:(\w+)(?:<\w+>)? & )?\{\n([\s\S]*?)\n\};$/gm;
const FIELD = /(?: {2}\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n)? {2}readonly (\w+)\??:/g;

const asLine = (comment: string): string =>
  comment
    .split('\n')
    .map((line) => line.trim().replace(/^\*\s?/, ''))
    .join(' ')
    .trim();

/** Comments of the fields of every type of the API: what a reader of the document wants. */
function fieldComments(): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const files = globSync('src/protocol/api*.ts', {cwd: ROOT}).sort();
  const sources = files.map(read).join('\n');
  const types = new Map<string, ReadonlyMap<string, string>>();
  for (const [, name = '', base = '', body = ''] of sources.matchAll(TYPE)) {
    const fields = [...body.matchAll(FIELD)].map(
      ([, comment = '', field = '']) => [field, asLine(comment)] as const,
    );
    types.set(name, new Map([...(types.get(base) ?? []), ...fields]));
  }
  return types;
}

/** Collects the named schemas of a document; each stands there once. */
class Components {
  readonly schemas = new Map<string, Documented>();
  readonly #comments = fieldComments();

  /** @throws Error when a name stands for two shapes, or for no type of the API. */
  place(schema: JsonSchema): Documented {
    const {title} = schema;
    if (title === undefined) return this.#inner(schema);
    const comments = this.#comments.get(title);
    if (comments === undefined) throw new Error(`protocol/api*.ts have no type ${title}`);
    const placed = this.#inner(schema, comments);
    const known = this.schemas.get(title);
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(placed)) {
      throw new Error(`two shapes are called ${title}`);
    }
    this.schemas.set(title, placed);
    return {$ref: `#/components/schemas/${title}`};
  }

  #inner(schema: JsonSchema, comments?: ReadonlyMap<string, string>): Documented {
    const {items, properties, anyOf, ...rest} = schema;
    const all = Object.entries(properties ?? {}).map(([name, property]) => {
      const placed = this.place(property);
      const description = comments?.get(name) ?? '';
      // Beside a $ref nothing else counts (draft 7).
      const isPlain = description === '' || '$ref' in placed;
      return [name, isPlain ? placed : {...placed, description}] as const;
    });
    return {
      ...rest,
      ...(items === undefined ? {} : {items: this.place(items)}),
      ...(anyOf === undefined ? {} : {anyOf: anyOf.map((one) => this.place(one))}),
      ...(properties === undefined ? {} : {properties: Object.fromEntries(all)}),
    };
  }
}

const errorRef = (code: ApiErrorCode): Documented => ({$ref: `#/components/errors/${code}`});

function methodDocument(method: ApiMethod, components: Components): Documented {
  const {summary, params, errors}: MethodDescription<ApiMethod> = API_METHODS[method];
  const described = Object.entries<RequiredParam | OptionalParam>(params);
  return {
    name: `session.${method}`,
    summary,
    paramStructure: 'by-name',
    params: described.map(([name, {required, description, schema}]) => ({
      name,
      description,
      required,
      schema: components.place(schema),
    })),
    result: {name: 'result', schema: components.place(API_RESULTS[method].schema)},
    errors: [...errors, 'API_BUSY' as const, 'API_INTERNAL' as const].map(errorRef),
  };
}

const DISCOVER: Documented = {
  name: 'rpc.discover',
  summary: 'This document.',
  paramStructure: 'by-name',
  params: [],
  result: {name: 'document', schema: {type: 'object'}},
  errors: [errorRef('API_INVALID_PARAMS'), errorRef('API_BUSY')],
};

/** The OpenRPC document of the chain's JSON-RPC API, from the tables that server and client use. */
export function openRpcDocument(): Documented {
  const {version} = JSON.parse(read('package.json')) as {version: string};
  const components = new Components();
  const methods = (Object.keys(API_METHODS) as ApiMethod[]).map((method) =>
    methodDocument(method, components),
  );
  const errors = Object.entries(API_ERRORS).map(([code, {number, meaning}]) => [
    code,
    {code: number, message: `${code}: ${meaning}`},
  ]);
  return {
    openrpc: '1.3.2',
    info: {
      title: 'SessionVM',
      version,
      license: {name: 'BSD-3-Clause'},
      description:
        'JSON-RPC 1.0 and 2.0 of a Session chain (LP-046), SPEC.md §10. Bytes are 0x-hex, ids CB58, node ids NodeID-…, ' +
        'accounts 0x-hex, u64 values decimal text; instants are Unix ms unless a field says seconds. An error has its code ' +
        'as text in data.code, and its facts beside it. State is that of the last accepted block.',
    },
    servers: [
      {
        name: 'node',
        summary: 'As a node of this machine serves the chain; CHAIN is its id or an alias.',
        url: 'http://127.0.0.1:9650/ext/bc/CHAIN/rpc',
      },
    ],
    methods: [...methods, DISCOVER],
    components: {
      schemas: Object.fromEntries([...components.schemas].sort(([a], [b]) => (a < b ? -1 : 1))),
      errors: Object.fromEntries(errors),
    },
  };
}

/** The document's bytes as they are committed. */
export function openRpcText(): string {
  return `${JSON.stringify(openRpcDocument(), null, 1)}\n`;
}
