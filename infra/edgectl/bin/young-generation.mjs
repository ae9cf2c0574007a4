// How large the young generation gets. Node 24 lets it grow to 128 MB, which a rollout over thousands of clusters fills
// although it keeps 40 MB; with 16 MB it takes no more time. V8 reads this when it starts, and never again.
export const youngGeneration = "--max-semi-space-size=8";
