/** Text of 13 px or more stays above 11 px where GitHub makes the picture fit its column of 830 px. */
export const pictureStyle = `
  text { font: 13px ui-monospace, SFMono-Regular, Menlo, "DejaVu Sans Mono", monospace; fill: #1f2328; white-space: pre }
  .ground { fill: #ffffff }
  .verdict { font-size: 16px; font-weight: bold }
  .soft, .caption { fill: #59636e }
  .node { fill: #f6f8fa; stroke: #8c959f }
  .risky { fill: #ffebe9; stroke: #cf222e; stroke-width: 2 }
  .led { stroke: #8250df; stroke-width: 3 }
  .edge { fill: none; stroke-width: 1.5; stroke: #8c959f }
  .gained { stroke: #1a7f37 } .lost { stroke: #cf222e; stroke-dasharray: 5 4 }
  .leads { stroke: #8250df; stroke-width: 3.5 }
  .sign { font-weight: bold; stroke: none } .sign.gained { fill: #1a7f37 } .sign.lost { fill: #cf222e }
  .badge.critical { fill: #82071e } .badge.high { fill: #cf222e } .badge.medium { fill: #7d4e00 } .badge.low { fill: #59636e }
  .badge-text, .mark-text { fill: #ffffff; font-size: 13px; font-weight: bold }
  .mark { fill: #8250df }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .ground { fill: #0d1117 } .soft, .caption { fill: #9da7b1 }
    .node { fill: #161b22; stroke: #656c76 } .risky { fill: #25171c; stroke: #f85149 } .led { stroke: #ab7df8 }
    .gained { stroke: #3fb950 } .lost { stroke: #f85149 } .leads { stroke: #ab7df8 }
    .sign { stroke: none } .sign.gained { fill: #3fb950 } .sign.lost { fill: #f85149 }
    .badge-text, .mark-text { fill: #ffffff }
  }`;
