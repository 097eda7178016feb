using System.Text.Json;

namespace Example.<%name|pascal%>
{
    /// <summary>Reads events that come as JSON, without a type for each.</summary>
    public static class Json
    {
        /// <summary>The text at the end of the path; null when there is none.</summary>
        public static string? Text(JsonElement element, params string[] path)
        {
            foreach (string name in path)
            {
                if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out element))
                {
                    return null;
                }
            }
            return element.ValueKind == JsonValueKind.String ? element.GetString() : null;
        }

        /// <summary>What JSON the text is; it outlives the text.</summary>
        public static JsonElement Parse(string text)
        {
            using (JsonDocument document = JsonDocument.Parse(text))
            {
                return document.RootElement.Clone();
            }
        }

        /// <summary>Any value as JSON.</summary>
        public static JsonElement Of(object value)
        {
            return JsonSerializer.SerializeToElement(value);
        }
    }
}
