/** `${NAME}` and `$NAME`, as templates of IoT Edge have them. Not what IoT Edge itself calls so. */
export const placeholder = /\$\{([A-Za-z_]\w*)\}|(?<![$\\])\$(?!(?:upstream|edgeHub|edgeAgent)\b)([A-Za-z_]\w*)/g;
