type Schema = Readonly<Record<string, unknown>>;
type Keyword = (value: unknown, rule: never, schema: Schema) => boolean;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const TYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  object: isObject,
  array: Array.isArray,
  string: (value) => typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
  integer: Number.isInteger,
};

const isType = (value: unknown, type: string): boolean => TYPES[type]?.(value) === true;

/** The part of JSON Schema 2020-12 that our schema is written in; another keyword is an error. */
const KEYWORDS: Readonly<Record<string, Keyword>> = {
  $schema: () => true,
  title: () => true,
  description: () => true,
  default: () => true,
  examples: () => true,
  type: (value, type: string) => isType(value, type),
  anyOf: (value, schemas: readonly Schema[]) =>
    schemas.some((schema) => matchesSchema(value, schema)),
  pattern: (value, pattern: string) =>
    typeof value !== 'string' || new RegExp(pattern, 'u').test(value),
  minLength: (value, least: number) => typeof value !== 'string' || value.length >= least,
  minimum: (value, least: number) => typeof value !== 'number' || value >= least,
  minItems: (value, least: number) => !Array.isArray(value) || value.length >= least,
  maxItems: (value, most: number) => !Array.isArray(value) || value.length <= most,
  items: (value, schema: Schema) =>
    !Array.isArray(value) || value.every((item) => matchesSchema(item, schema)),
  properties: (value, schemas: Readonly<Record<string, Schema>>) =>
    !isObject(value) ||
    Object.entries(schemas).every(
      ([name, schema]) => !Object.hasOwn(value, name) || matchesSchema(value[name], schema),
    ),
  additionalProperties: (value, _rule, {properties}) =>
    !isObject(value) ||
    Object.keys(value).every((name) => isObject(properties) && Object.hasOwn(properties, name)),
};

/** Whether the schema allows the value. */
export function matchesSchema(value: unknown, schema: Schema): boolean {
  return Object.entries(schema).every(([keyword, rule]) => {
    const check = KEYWORDS[keyword];
    if (check === undefined) throw new Error(`the test does not know the keyword ${keyword}`);
    return check(value, rule as never, schema);
  });
}
