import { configError, TinyError } from '../protocols/errors.ts';

/**
 * Read what a configuration names: whatever is wrong with it is wrong with the configuration (exit 78).
 *
 * @param where stands before the message, such as the path of the configuration
 */
export async function readNamed<T>(read: () => Promise<T>, where?: string): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof TinyError)) throw error;
    const message = where === undefined ? error.message : `${where}: ${error.message}`;
    throw configError(message, error.hint, error);
  }
}
