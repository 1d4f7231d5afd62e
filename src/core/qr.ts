/**
 * QR codes of texts up to 520 bytes: byte mode, error correction level L, versions 1 to 15.
 * Source: ISO/IEC 18004:2015; section numbers below are its own.
 */
import { correctionOf } from "./reed_solomon.ts";

/** Rows of modules, true for a dark one, without the quiet zone of four light modules around. */
export type QrCode = readonly (readonly boolean[])[];

/** Version 1 to 15 at level L (tables 7 and 9): data codewords, error correction codewords of a block, blocks. */
const versions: readonly (readonly [data: number, correction: number, blocks: number])[] = [
  [19, 7, 1],
  [34, 10, 1],
  [55, 15, 1],
  [80, 20, 1],
  [108, 26, 1],
  [136, 18, 2],
  [156, 20, 2],
  [194, 24, 2],
  [232, 30, 2],
  [274, 18, 4],
  [324, 20, 4],
  [370, 24, 4],
  [428, 26, 4],
  [461, 30, 4],
  [523, 22, 6],
];

/** Centers of the alignment patterns (annex E), besides 6, from version 2 on. */
const alignments: readonly (readonly number[])[] = [
  [18],
  [22],
  [26],
  [30],
  [34],
  [22, 38],
  [24, 42],
  [26, 46],
  [28, 50],
  [30, 54],
  [32, 58],
  [34, 62],
  [26, 46, 66],
  [26, 48, 70],
];

/** Modules along one side of the code for `text`. Throws RangeError for a text that is too long. */
export function qrSize(text: string): number {
  return 17 + 4 * versionFor(new TextEncoder().encode(text).length);
}

/** The code for `text`, with the mask that section 7.8.3 prefers. Throws RangeError for a text that is too long. */
export function qrCode(text: string): QrCode {
  const bytes = new TextEncoder().encode(text);
  const version = versionFor(bytes.length);
  const codewords = interleaved(dataCodewords(bytes, version), version);
  const candidates = masks.map((_, mask) => drawn(codewords, version, mask));
  const scores = candidates.map(penalty);
  return candidates[scores.indexOf(Math.min(...scores))];
}

function versionFor(length: number): number {
  const index = versions.findIndex(([data], at) => 4 + lengthBits(at + 1) + 8 * length <= 8 * data);
  if (index < 0) throw new RangeError(`a text of ${length} bytes is too long for a QR code`);
  return index + 1;
}

/** Table 3. */
function lengthBits(version: number): number {
  return version < 10 ? 8 : 16;
}

/** Section 7.4: mode, length, the bytes, an end, and filling. */
function dataCodewords(bytes: Uint8Array, version: number): readonly number[] {
  const [capacity] = versions[version - 1];
  const binary = (value: number, width: number) => value.toString(2).padStart(width, "0");
  const content = binary(0b0100, 4) + binary(bytes.length, lengthBits(version)) +
    Array.from(bytes, (byte) => binary(byte, 8)).join("");
  const ended = content + "0".repeat(Math.min(4, 8 * capacity - content.length));
  const whole = ended.padEnd(Math.ceil(ended.length / 8) * 8, "0");
  const codewords = Array.from({ length: whole.length / 8 }, (_, at) => parseInt(whole.slice(8 * at, 8 * at + 8), 2));
  const filling = Array.from({ length: capacity - codewords.length }, (_, at) => at % 2 === 0 ? 0xec : 0x11);
  return [...codewords, ...filling];
}

/** Section 7.6: blocks with their error correction, taken in turns. The last blocks are one codeword longer. */
function interleaved(data: readonly number[], version: number): readonly number[] {
  const [capacity, correction, count] = versions[version - 1];
  const short = Math.floor(capacity / count);
  const firstLong = count - capacity % count;
  const start = (block: number) => block * short + Math.max(0, block - firstLong);
  const blocks = Array.from({ length: count }, (_, block) => data.slice(start(block), start(block + 1)));
  const corrections = blocks.map((block) => correctionOf(block, correction));
  return [...inTurns(blocks), ...inTurns(corrections)];
}

function inTurns(blocks: readonly (readonly number[])[]): readonly number[] {
  const longest = Math.max(...blocks.map((block) => block.length));
  return Array.from({ length: longest }, (_, at) => at)
    .flatMap((at) => blocks.flatMap((block) => at < block.length ? [block[at]] : []));
}

/** Table 10. */
const masks: readonly ((row: number, column: number) => boolean)[] = [
  (row, column) => (row + column) % 2 === 0,
  (row) => row % 2 === 0,
  (_, column) => column % 3 === 0,
  (row, column) => (row + column) % 3 === 0,
  (row, column) => (Math.floor(row / 2) + Math.floor(column / 3)) % 2 === 0,
  (row, column) => row * column % 2 + row * column % 3 === 0,
  (row, column) => (row * column % 2 + row * column % 3) % 2 === 0,
  (row, column) => ((row + column) % 2 + row * column % 3) % 2 === 0,
];

function drawn(codewords: readonly number[], version: number, mask: number): QrCode {
  const size = 17 + 4 * version;
  const rows = functionPatterns(size, version, mask);
  const bit = (index: number) => ((codewords[index >> 3] ?? 0) >> (7 - (index & 7)) & 1) === 1;
  let index = 0;
  // Section 7.7.3: two columns at a time from the right, upwards and downwards in turns, past the timing column.
  for (let right = size - 1, upwards = true; right > 0; right -= 2, upwards = !upwards) {
    if (right === 6) right = 5;
    for (let step = 0; step < size; step++) {
      const row = upwards ? size - 1 - step : step;
      for (const column of [right, right - 1]) {
        if (rows[row][column] !== undefined) continue;
        rows[row][column] = bit(index++) !== masks[mask](row, column);
      }
    }
  }
  return rows.map((row) => row.map((dark) => dark === true));
}

/** Everything but data and its error correction; undefined where those go. */
function functionPatterns(size: number, version: number, mask: number): (boolean | undefined)[][] {
  const rows: (boolean | undefined)[][] = Array.from({ length: size }, () => new Array(size).fill(undefined));
  const set = (row: number, column: number, dark: boolean) => {
    if (row >= 0 && row < size && column >= 0 && column < size) rows[row][column] = dark;
  };
  for (let at = 0; at < size; at++) {
    set(6, at, at % 2 === 0);
    set(at, 6, at % 2 === 0);
  }
  const rings = (row: number, column: number, radius: number, light: readonly number[]) => {
    for (let down = -radius; down <= radius; down++) {
      for (let over = -radius; over <= radius; over++) {
        set(row + down, column + over, !light.includes(Math.max(Math.abs(down), Math.abs(over))));
      }
    }
  };
  const centers = version === 1 ? [] : [6, ...alignments[version - 2]];
  const last = size - 7;
  for (const row of centers) {
    for (const column of centers) {
      const isCorner = (row === 6 || row === last) && (column === 6 || column === last) &&
        !(row === last && column === last);
      if (!isCorner) rings(row, column, 2, [1]);
    }
  }
  for (const [row, column] of [[3, 3], [3, size - 4], [size - 4, 3]]) rings(row, column, 4, [2, 4]);
  drawFormat(set, size, mask);
  if (version >= 7) drawVersion(set, size, version);
  return rows;
}

type Set = (row: number, column: number, dark: boolean) => void;

/** Section 7.9: level L and the mask, twice, with ten bits of error correction. */
function drawFormat(set: Set, size: number, mask: number): void {
  const bits = withRemainder(0b01 << 3 | mask, 10, 0b10100110111) ^ 0b101010000010010;
  const dark = (bit: number) => (bits >> bit & 1) === 1;
  for (let bit = 0; bit < 15; bit++) {
    set(bit < 6 ? bit : bit < 8 ? bit + 1 : size - 15 + bit, 8, dark(bit));
    set(8, bit < 8 ? size - 1 - bit : bit === 8 ? 7 : 14 - bit, dark(bit));
  }
  set(size - 8, 8, true);
}

/** Section 7.10: the version, twice, with twelve bits of error correction. */
function drawVersion(set: Set, size: number, version: number): void {
  const bits = withRemainder(version, 12, 0b1111100100101);
  for (let bit = 0; bit < 18; bit++) {
    const [long, short] = [Math.floor(bit / 3), size - 11 + bit % 3];
    set(long, short, (bits >> bit & 1) === 1);
    set(short, long, (bits >> bit & 1) === 1);
  }
}

/** `value` followed by the remainder of its division by `generator`, `width` bits wide. */
function withRemainder(value: number, width: number, generator: number): number {
  let rest = value << width;
  for (let bit = 31 - Math.clz32(rest); bit >= width; bit--) {
    if ((rest >> bit & 1) === 1) rest ^= generator << (bit - width);
  }
  return value << width | rest;
}

/** Table 11: what makes a code hard to read. */
function penalty(code: QrCode): number {
  const columns = code.map((_, column) => code.map((row) => row[column]));
  const lines = [...code, ...columns].map((line) => line.map((dark) => dark ? "1" : "0").join(""));
  const runs = lines.flatMap((line) => line.match(/0{5,}|1{5,}/g) ?? []).reduce((sum, run) => sum + run.length - 2, 0);
  let blocks = 0;
  for (let row = 1; row < code.length; row++) {
    for (let column = 1; column < code.length; column++) {
      const corner = code[row][column];
      const isBlock = code[row - 1][column] === corner && code[row][column - 1] === corner &&
        code[row - 1][column - 1] === corner;
      if (isBlock) blocks += 3;
    }
  }
  const finders = lines.reduce((sum, line) => sum + 40 * finderLike(line), 0);
  const dark = code.flat().filter(Boolean).length * 100 / code.length ** 2;
  return runs + blocks + finders + 10 * Math.floor(Math.abs(dark - 50) / 5);
}

function finderLike(line: string): number {
  return [...line.matchAll(/(?=10111010000|00001011101)/g)].length;
}
