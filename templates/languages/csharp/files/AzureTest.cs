<%if trigger == "http"%>
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
<%else%>
using System.Text.Json;
<%end%>
using Xunit;

namespace Example.<%name|pascal%>.Tests
{
    public class AzureTest
    {
<%if trigger == "http"%>
        [Theory]
        [InlineData("?name=Ada", 200, "Ada")]
        [InlineData("?name=%20", 400, "error")]
        public async Task AnswersARequest(string query, int status, string text)
        {
            var context = new DefaultHttpContext();
            context.Request.QueryString = new QueryString(query);
            var answer = Assert.IsType<ContentResult>(await new AzureFunction().Run(context.Request));
            Assert.Equal(status, answer.StatusCode);
            Assert.Contains(text, answer.Content);
        }
<%else%>
        private static JsonElement Event(string name)
        {
            return Json.Parse(Sample.Read(name));
        }

        [Fact]
        public void HandlesTheEvent()
        {
            JsonElement input = Event("azure-<%trigger%>");
<%if trigger == "schedule"%>
            bool pastDue = input.GetProperty("Data").GetProperty("timer").GetProperty("IsPastDue").GetBoolean();
            AzureFunction.Work("1", pastDue);
<%elif trigger == "queue"%>
            AzureFunction.Work(Json.Text(input, "Metadata", "Id") ?? "", Json.Text(input, "Data", "message") ?? "");
<%elif trigger == "storage"%>
            AzureFunction.Work(Json.Text(input, "Metadata", "Uri") ?? "", Json.Text(input, "Metadata", "name") ?? "", 1);
<%elif trigger == "event"%>
            AzureFunction.Work(input.GetProperty("Data").GetProperty("event").GetRawText());
<%else%>
            AzureFunction.Work(input.GetProperty("Data").GetProperty("documents").GetRawText());
<%end%>
        }
<%if trigger == "queue"%>

        [Fact]
        public void FailsForAMessageItCannotRead()
        {
            string text = Json.Text(Event("azure-queue-poison"), "Data", "message") ?? "";
            Assert.ThrowsAny<JsonException>(() => AzureFunction.Work("1", text));
        }
<%end%>
<%end%>
    }
}
