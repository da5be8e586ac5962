/**
 * Where things lie in the memory of the kernel, in bytes, and how large they are.
 */

/** Address of where the search goes on. */
export const NEXT = 0

/** Address of the text, its bytes with their masks put on. */
export const TEXT = 1024
/** Address of a mask for each byte of the text: 0x20 makes letters small, 0 leaves a byte as it is. */
export const MASKS = 2048
/** The most bytes that a text may have. */
export const TEXT_BYTES_MAX = 512

/** Address of the lines that were found: where each begins, where the text is, where the line ends; three integers of 32 bits. */
export const LINES = 4096
/** The most lines that are found in one call. */
export const LINES_MAX = 1024

/** Address of what is searched. Whatever lies behind it may be read, and changes nothing. */
export const DATA = 65_536

/** Bytes of a page of WebAssembly's memory. */
export const PAGE_BYTES = 65_536
/** Pages of the memory at first. */
export const PAGES = 1 + 17
