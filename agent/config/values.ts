import { z } from 'zod';
import { BOARD_ID } from '../../protocols/reading.ts';

/** What several sections of a configuration are made of. */
export const LOOPBACK = '127.0.0.1';
export const port = z.int().min(0).max(65_535);
export const name = z.string().regex(BOARD_ID, 'lower-case letters, digits, - and _, at most 63');
/** Relative to the folder of the configuration. */
export const filePath = z.string().min(1);
export const seconds = (least: number, preset: number) => z.number().min(least).max(86_400).default(preset);
