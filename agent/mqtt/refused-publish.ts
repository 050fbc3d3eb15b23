import type { ErrorWithReasonCode } from 'mqtt';

/** PUBACK codes which no repetition cures: not authorized, topic, size, payload (MQTT 5, 3.4.2.1). */
const NEVER_TAKEN = new Set<unknown>([0x87, 0x90, 0x95, 0x99]);

/** Whether the broker refused a message for good. MQTT 3.1.1 has no way to say so: there it is taken and forgotten. */
export const isNeverTaken = (error: unknown): boolean => NEVER_TAKEN.has((error as ErrorWithReasonCode).code);

/** What to tell a person of it. */
export const refusedPublish = (topic: string, error: Error): string =>
  `the broker does not take messages on ${topic}: ${error.message}; give this agent's user the right to write below tinyllm/<site>/`;
