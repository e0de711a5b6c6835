import document from '../../docs/openrpc.json' with {type: 'json'};
import type {JsonSchema} from '../../src/protocol/json-schema.ts';
import {SchemaChecker} from '../json-schema.ts';

type Param = {readonly name: string; readonly required: boolean; readonly schema: JsonSchema};

/** A method as docs/openrpc.json has it. */
export type DocumentedMethod = {
  readonly name: string;
  readonly summary: string;
  readonly params: readonly Param[];
  readonly result: {readonly name: string; readonly schema: JsonSchema};
  readonly errors: readonly {readonly $ref: string}[];
};

/** The committed document, seen as what it should be. */
export const OPEN_RPC = document as unknown as {
  readonly openrpc: string;
  readonly info: {readonly title: string; readonly version: string};
  readonly methods: readonly DocumentedMethod[];
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly errors: Readonly<Record<string, {readonly code: number; readonly message: string}>>;
  };
};

export const CHECKER = new SchemaChecker(OPEN_RPC.components.schemas);

/** @param method without the service */
export function documentedMethod(method: string): DocumentedMethod {
  const found = OPEN_RPC.methods.find(({name}) => name === `session.${method}`);
  if (found === undefined) throw new Error(`${method} is not documented`);
  return found;
}

/** Codes that a method may answer. */
export const documentedErrors = (method: string): readonly string[] =>
  documentedMethod(method).errors.map(({$ref}) => $ref.replace('#/components/errors/', ''));

/** What of an answer the document does not say, or says otherwise. */
export const documentedAnswer = (method: string, result: unknown): readonly string[] =>
  CHECKER.problems(documentedMethod(method).result.schema, result, method);

/** Likewise of the parameters. */
export function documentedParams(method: string, given: object): readonly string[] {
  const {params} = documentedMethod(method);
  const properties = Object.fromEntries(params.map(({name, schema}) => [name, schema]));
  const required = params.filter((param) => param.required).map(({name}) => name);
  return CHECKER.problems({type: 'object', properties, required}, given, method);
}
