/** Metres from the authors' origin. */
export type Place = readonly [x: number, y: number];

/** Where things were measured in a room, as the authors' spreadsheets list it: point 1 first. */
export interface Room {
  readonly database: readonly Place[];
  readonly test: readonly Place[];
}

const column = (x: number, ys: readonly number[]): Place[] => ys.map((y) => [x, y]);
const row = (y: number, xs: readonly number[]): Place[] => xs.map((x) => [x, y]);

const WHOLE = [1.2031, 2.406, 3.609, 4.8125, 6.0155, 7.218, 8.421];
const BETWEEN = [0.601, 1.804, 3.007, 4.2257, 5.414, 6.616, 7.8195, 9.023];

/** Rooms by number. The points of room 3 alternate from row to row. */
export const ROOMS: ReadonlyMap<number, Room> = new Map([
  [
    2,
    {
      database: [-0.61, 0.65, 1.97, 3.27].flatMap((x) => column(x, [0.78, 1.63, 2.56, 3.42])),
      test: [
        [1.635, 0],
        [3.27, 1.595],
        [1.635, 2.99],
        [-0.61, 1.595],
        [3.22, 2.99],
        [0.02, 1.205],
      ],
    },
  ],
  [
    3,
    {
      database: [
        ...row(0, WHOLE),
        ...row(0.623, BETWEEN),
        ...row(1.246, [0, ...WHOLE, 9.625]),
        ...row(1.869, BETWEEN),
        ...row(
          2.492,
          [0, ...WHOLE, 9.625].filter((x) => x !== 4.8125),
        ),
      ],
      test: [
        [1.804, 0],
        [9.023, 0],
        [0.601, 0.3115],
        [5.414, 0.3115],
        [2.406, 0.934],
        [6.0155, 0.934],
        [4.8125, 0.623],
        [9.023, 1.246],
        [6.616, 1.5575],
        [4.2257, 1.5575],
        [0, 1.864],
        [6.0155, 1.864],
        [1.2031, 2.1805],
        [7.218, 2.1805],
        [3.007, 2.492],
        [6.616, 2.492],
      ],
    },
  ],
]);

/** The number, from 1, of the database's point nearest to a place; the first of several. */
export function nearestPoint({ database }: Room, [x, y]: Place): number {
  const distances = database.map((point) => Math.hypot(point[0] - x, point[1] - y));
  return distances.indexOf(Math.min(...distances)) + 1;
}
