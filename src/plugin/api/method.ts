import type {ApiMethod, ApiResults} from '../../protocol/api.ts';
import type {ApiContext} from '../api-context.ts';
import type {RawParams} from './params.ts';

/** One method: the parameters it knows, and what it answers. */
export type Method<M extends ApiMethod> = {
  readonly params: readonly string[];
  /** @throws ApiError */
  call(context: ApiContext, params: RawParams): ApiResults[M] | Promise<ApiResults[M]>;
};
