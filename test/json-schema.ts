import type {JsonSchema} from '../src/protocol/json-schema.ts';

const WORDS: readonly string[] = [
  '$ref',
  'title',
  'description',
  'type',
  'enum',
  'pattern',
  'maxLength',
  'minimum',
  'maximum',
  'items',
  'minItems',
  'maxItems',
  'properties',
  'required',
  'anyOf',
];

type Schema = JsonSchema & {readonly $ref?: string};

const typeOf = (value: unknown): string => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isSafeInteger(value) ? 'integer' : 'number';
  return typeof value;
};

/** Checks values against the schemas of one document. A word that it does not know is an error. */
export class SchemaChecker {
  readonly #schemas: Readonly<Record<string, Schema>>;

  constructor(schemas: Readonly<Record<string, Schema>>) {
    this.#schemas = schemas;
  }

  #resolve(schema: Schema): Schema {
    for (const word of Object.keys(schema)) {
      if (!WORDS.includes(word)) throw new Error(`JSON Schema word ${word}`);
    }
    if (schema.$ref === undefined) return schema;
    const name = schema.$ref.replace('#/components/schemas/', '');
    const found = this.#schemas[name];
    if (found === undefined) throw new Error(`no schema ${schema.$ref}`);
    return this.#resolve(found);
  }

  /** What is wrong with a value; also properties that the schema does not name. */
  problems(reference: Schema, value: unknown, path = ''): readonly string[] {
    const schema = this.#resolve(reference);
    if (schema.anyOf !== undefined) {
      const all = schema.anyOf.map((one) => this.problems(one, value, path));
      return all.some((found) => found.length === 0) ? [] : all.flat();
    }
    if (schema.type !== undefined && typeOf(value) !== schema.type) {
      return [`${path}: ${typeOf(value)} is no ${schema.type}`];
    }
    if (typeof value === 'string') return this.#text(schema, value, path);
    if (typeof value === 'number') return this.#number(schema, value, path);
    if (Array.isArray(value)) return this.#list(schema, value, path);
    if (typeof value === 'object' && value !== null) return this.#object(schema, value, path);
    return [];
  }

  #text({enum: values, pattern, maxLength = Infinity}: Schema, value: string, path: string) {
    const isGood =
      (values?.includes(value) ?? true) &&
      (pattern === undefined || new RegExp(pattern).test(value)) &&
      value.length <= maxLength;
    return isGood ? [] : [`${path}: '${value.slice(0, 80)}'`];
  }

  #number({minimum = -Infinity, maximum = Infinity}: Schema, value: number, path: string) {
    return value >= minimum && value <= maximum ? [] : [`${path}: ${value}`];
  }

  #list({items, minItems = 0, maxItems = Infinity}: Schema, value: unknown[], path: string) {
    const count = value.length >= minItems && value.length <= maxItems;
    const inside = value.flatMap((item, i) =>
      items === undefined ? [] : this.problems(items, item, `${path}[${i}]`),
    );
    return count ? inside : [`${path}: ${value.length} items`, ...inside];
  }

  #object({properties, required = []}: Schema, value: object, path: string): readonly string[] {
    if (properties === undefined) return [];
    const missing = required.filter((name) => !Object.hasOwn(value, name));
    return [
      ...missing.map((name) => `${path}.${name}: missing`),
      ...Object.entries(value).flatMap(([name, field]) => {
        const schema = properties[name];
        const place = `${path}.${name}`;
        return schema === undefined ? [`${place}: unknown`] : this.problems(schema, field, place);
      }),
    ];
  }
}
