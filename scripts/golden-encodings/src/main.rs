//! Encodes each file that is named and prints, as one line of JSON per file, the BLAKE3 of what came of it.
//! What the fields mean is said in `scripts/golden-encodings.ts`.
use bao_tree::io::outboard::{PostOrderMemOutboard, PreOrderMemOutboard};
use bao_tree::io::{round_up_to_chunks, round_up_to_chunks_groups, sync::encode_ranges_validated};
use bao_tree::{BlockSize, ByteRanges};
use std::io::{Cursor, Read};

fn hex(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

fn main() {
    let group = BlockSize::from_chunk_log(4);
    for path in std::env::args().skip(1) {
        let data = std::fs::read(&path).unwrap();
        let size = data.len() as u64;
        let ranges = [(0, size), (size / 3, size / 5), (size / 2, 1), (size.saturating_sub(1), 1)];

        let (combined, root) = bao::encode::encode(&data);
        let (outboard, _) = bao::encode::outboard(&data);
        let slices = ranges.map(|(start, length)| {
            let mut slice = Vec::new();
            let mut extractor = bao::encode::SliceExtractor::new(Cursor::new(&combined), start, length);
            extractor.read_to_end(&mut slice).unwrap();
            hex(&slice)
        });

        let post_order = PostOrderMemOutboard::create(&data, group);
        let pre_order = PreOrderMemOutboard::create(&data, group);
        assert_eq!(root.to_hex().as_str(), post_order.root.to_hex().as_str());
        let group_slices = ranges.map(|(start, length)| {
            let mut slice = size.to_le_bytes().to_vec();
            if size > 0 {
                let chunks = round_up_to_chunks(&ByteRanges::from(start..start + length.max(1)));
                let groups = round_up_to_chunks_groups(chunks, group);
                encode_ranges_validated(&data[..], &post_order, &groups, &mut slice).unwrap();
            }
            hex(&slice)
        });

        println!(
            "{{\"combined\":\"{}\",\"outboard\":\"{}\",\"slices\":{:?},\"postOrder\":\"{}\",\"preOrder\":\"{}\",\"groupSlices\":{:?}}}",
            hex(&combined),
            hex(&outboard),
            slices,
            hex(&post_order.data),
            hex(&pre_order.data),
            group_slices
        );
    }
}
