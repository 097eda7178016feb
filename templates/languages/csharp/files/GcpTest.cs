<%if trigger == "http"%>
using System.IO;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
<%else%>
using System.Text.Json;
<%end%>
using Xunit;

namespace Example.<%name|pascal%>.Tests
{
    public class GcpTest
    {
<%if trigger == "http"%>
        [Theory]
        [InlineData("?name=Ada", 200, "Ada")]
        [InlineData("?name=%20", 400, "error")]
        public async Task AnswersARequest(string query, int status, string text)
        {
            var context = new DefaultHttpContext();
            context.Request.QueryString = new QueryString(query);
            context.Response.Body = new MemoryStream();
            await new GcpFunction().HandleAsync(context);
            Assert.Equal(status, context.Response.StatusCode);
            context.Response.Body.Position = 0;
            Assert.Contains(text, new StreamReader(context.Response.Body).ReadToEnd());
        }
<%else%>
        private static void Handle(string name)
        {
            JsonElement input = Json.Parse(Sample.Read(name));
            GcpFunction.Work(
                Json.Text(input, "id") ?? "",
                Json.Text(input, "source") ?? "",
                Json.Text(input, "time") ?? "",
                input.GetProperty("data"));
        }

        [Fact]
        public void HandlesTheEvent()
        {
            Handle("gcp-<%trigger%>");
        }
<%if trigger == "queue"%>

        [Fact]
        public void FailsForAMessageItCannotRead()
        {
            Assert.ThrowsAny<JsonException>(() => Handle("gcp-queue-poison"));
        }
<%end%>
<%end%>
    }
}
