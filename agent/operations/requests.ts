import { filter, type Subscription } from 'rxjs';
import { TinyError } from '../../protocols/errors.ts';
import type { OperationResponse, Topics } from '../../protocols/topics.ts';
import type { MqttLink, MqttMessage } from '../mqtt/client.ts';
import type { RareLog } from '../rare-log.ts';
import type { Operator } from './operator.ts';

export interface RequestsOptions {
  readonly link: Pick<MqttLink, 'messages$' | 'publish'>;
  readonly topics: Topics;
  readonly agent: string;
  readonly operator: Operator;
  readonly rareLog: RareLog;
}

/** A request is a few words. */
const MAX_REQUEST_BYTES = 4096;

/**
 * Answer `<base>/bridge/<agent>/request/<operation>` on `../response/<operation>`: parameters in JSON in, or nothing;
 * `{status, data, error, transaction}` out. Retained requests are from before and not obeyed.
 */
export function answerRequests({ link, topics, agent, operator, rareLog }: RequestsOptions): Subscription {
  const requests$ = link.messages$(topics.requests(agent)).pipe(filter(({ retained }) => !retained));
  return requests$.subscribe({
    next: (message) => {
      const operation = message.topic.split('/').at(-1)!;
      const respond = (response: OperationResponse) =>
        link.publish(topics.response(agent, operation), JSON.stringify(response));
      void answer(operator, operation, message).then(respond);
    },
    error: (error: Error) => rareLog.warn('requests', `requests are not heard: ${error.message}`),
  });
}

async function answer(
  operator: Operator,
  operation: string,
  { payload }: MqttMessage,
): Promise<OperationResponse> {
  let transaction: unknown;
  try {
    const { transaction: own, ...parameters } = parametersOf(payload);
    transaction = own;
    const data = (await operator.do(operation, parameters)) ?? {};
    return { status: 'ok', data, ...(transaction !== undefined && { transaction }) };
  } catch (error) {
    const told = error instanceof TinyError ? `${error.message}; ${error.hint}` : (error as Error).message;
    return { status: 'error', data: {}, error: told, ...(transaction !== undefined && { transaction }) };
  }
}

function parametersOf(payload: Uint8Array): Record<string, unknown> {
  if (payload.length === 0) return {};
  const hint = 'send a JSON object such as {"transaction": 1}, or nothing';
  if (payload.length > MAX_REQUEST_BYTES) throw new TinyError(`a request of ${payload.length} bytes`, hint);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(payload));
  } catch {
    throw new TinyError('the request is not JSON', hint);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new TinyError('the request is no object', hint);
  return value as Record<string, unknown>;
}
